// Which files of the project belong to a job: its module and what it imports, directly or not.
// Packages do not belong to it; neither does Sluice, whose packages lie beside the project in a
// clone.

import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

const ownSpecifier = /^(@sluice\/|sluice(\/|$))/

export interface LoadedFiles {
  /** Paths, the job file first. */
  list(): string[]
}

/** Watches the loader from now on; `url` is the job's module. */
export function watchLoadedFiles(url: string): LoadedFiles {
  const urls = new Set([url])
  registerHooks({
    resolve(specifier, context, next) {
      const parent = context.parentURL
      const belongs =
        parent !== undefined && urls.has(withoutQuery(parent)) && !ownSpecifier.test(specifier)
      try {
        const resolved = next(specifier, context)
        if (belongs && isProjectFile(resolved.url)) urls.add(withoutQuery(resolved.url))
        return resolved
      } catch (error) {
        // A file that is missing belongs to the job all the same: it may come.
        if (belongs && /^\.{1,2}\//.test(specifier)) urls.add(new URL(specifier, parent).href)
        throw error
      }
    },
  })
  return { list: () => [...urls].map((each) => fileURLToPath(each)) }
}

function isProjectFile(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/')
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '')
}
