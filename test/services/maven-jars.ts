// Programs that come as Java archives: Maven, set up as it is on this machine, gets them and all
// that they need. A set is downloaded once and appears in the cache whole or not at all.

import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.ts'
import { installPackage } from './debian-package.ts'
import { isInPath, runToEnd } from './run-to-end.ts'
import { ServiceUnavailable } from './service.ts'

export interface JarSet {
  readonly name: string
  readonly artefacts: readonly MavenArtefact[]
}

export interface MavenArtefact {
  readonly group: string
  readonly name: string
  readonly version: string
}

/** The programs without which no set can be had or run, and the packages that hold them. */
const programs = { java: 'default-jdk-headless', mvn: 'maven' }

/** Where the set is, whether or not it was downloaded. */
export function jarFolder({ name, artefacts }: JarSet): string {
  const contents = hash('sha256', JSON.stringify(artefacts)).slice(0, 8)
  return join(cacheFolder(), `${name}-${contents}`)
}

/** Downloads the set if it is not there yet. Throws `ServiceUnavailable` where it cannot be had. */
export async function provisionJars(service: string, set: JarSet): Promise<void> {
  const target = jarFolder(set)
  if (!isInPath('java')) await installPackage(service, programs.java)
  if (existsSync(target)) return
  if (!isInPath('mvn')) await installPackage(service, programs.mvn)
  console.error(`Downloading ${set.name} …`)
  const folder = await mkdtemp(`${target}.partial-`)
  try {
    await writeFile(join(folder, 'pom.xml'), pomOf(set))
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime']
    const command = ['mvn', '-q', '-B', ...goal, '-DoutputDirectory=jars'] as const
    await runToEnd([...command], { folder, limitMs: 300_000 })
    await rename(join(folder, 'jars'), target)
  } catch (error) {
    // Another process may have been faster.
    if (existsSync(target)) return
    throw new ServiceUnavailable(service, `Maven could not get it: ${(error as Error).message}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function pomOf({ name, artefacts }: JarSet): string {
  const dependencies = artefacts.map(
    (artefact) => `    <dependency>
      <groupId>${artefact.group}</groupId>
      <artifactId>${artefact.name}</artifactId>
      <version>${artefact.version}</version>
    </dependency>`,
  )
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId>
  <artifactId>${name}</artifactId>
  <version>1</version>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`
}
