// Days and minutes of events as texts, in UTC.

/** `2015-07-15` */
export function dayOf(dateTime: number): string {
  return new Date(dateTime).toISOString().slice(0, 10)
}

/** `08:30` */
export function minuteOf(dateTime: number): string {
  return new Date(dateTime).toISOString().slice(11, 16)
}
