// The part of node-api-headers that the build uses; the package has no types of its own.

declare module 'node-api-headers' {
  const headers: { readonly include_dir: string }
  export default headers
}
