// Where in the user's file a step was written, for error messages: the first frame of the stack
// that lies outside this package. Undefined where engine or bundler give no usable stack.

const ownFolder = folderOfCore(new Error().stack)

/** `…/job.ts:12:5`, the place in the user's code that is being run. */
export function placeInUserCode(): string | undefined {
  if (ownFolder === undefined) return undefined
  for (const line of frames(new Error().stack)) {
    const place = placeIn(line)
    if (place !== undefined && !place.startsWith(ownFolder)) return place
  }
  return undefined
}

function folderOfCore(stack: string | undefined): string | undefined {
  const [here] = frames(stack)
  const place = here === undefined ? undefined : placeIn(here)
  // Two folders up from src/stream/step-place.ts (or dist/stream/step-place.js).
  return place === undefined ? undefined : /^(.*\/)[^/]+\/[^/]+$/.exec(place)?.[1]
}

function frames(stack: string | undefined): string[] {
  return (stack ?? '').split('\n').filter((line) => line.includes(':') && !line.startsWith('Error'))
}

/** File, line and column of one frame of a stack. */
function placeIn(frame: string): string | undefined {
  return /((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/.exec(frame)?.[1]
}
