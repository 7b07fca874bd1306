// Self-signed certificates of one cluster, made when it starts and deleted with it.

import { join } from 'node:path'
import { readFile, writeFile } from 'node:fs/promises'
import { isInPath, runToEnd } from '../run-to-end.ts'
import { ServiceUnavailable } from '../service.ts'
import { giveToServiceUser } from '../service-user.ts'
import type { CertificateFiles } from './server-properties.ts'

/** PEM texts for clients. */
export interface ClientCertificates {
  /** What the brokers show, and who trusts it trusts them. */
  readonly authority: string
  /** What a client shows where the listener asks for it. */
  readonly certificate: string
  readonly key: string
}

export interface ClusterCertificates {
  readonly files: CertificateFiles
  readonly forClients: ClientCertificates
}

export async function makeCertificates(folder: string): Promise<ClusterCertificates> {
  if (!isInPath('openssl')) throw new ServiceUnavailable('TLS of Kafka', 'there is no openssl')
  const server = await makeCertificate(folder, 'localhost')
  const client = await makeCertificate(folder, 'client')
  const files = { server: join(folder, 'server.pem'), client: join(folder, 'client.pem') }
  await writeFile(files.server, server.key + server.certificate)
  await writeFile(files.client, client.certificate)
  for (const file of Object.values(files)) giveToServiceUser(file)
  return { files, forClients: { ...client, authority: server.certificate } }
}

async function makeCertificate(
  folder: string,
  subject: string,
): Promise<{ readonly certificate: string; readonly key: string }> {
  const [key, certificate] = [join(folder, `${subject}.key`), join(folder, `${subject}.crt`)]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', `/CN=${subject}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-keyout', key, '-out', certificate]
  const command = ['openssl', 'req', '-x509', '-days', '2', ...kind, ...names, ...files] as const
  await runToEnd([...command], { folder })
  return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') }
}
