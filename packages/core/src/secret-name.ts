// Which names say that their values are secret: of parameters, environment variables and fields of
// records. Such values never appear in a message.

const secretName =
  /pass(word|wd|phrase)?|secret|token|credential|api_?key|private_?key|access_?key/i

export function isSecretName(name: string): boolean {
  return secretName.test(name)
}
