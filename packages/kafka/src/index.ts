// The public surface of `@sluice/kafka`.

export {}
