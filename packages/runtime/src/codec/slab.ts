/** Two to the 32nd and to the 48th: what four and six bytes hold is below. */
export const shortLimit: number = 2 ** 32
export const narrowLimit: number = 2 ** 48
const slabBytes = 256 * 1024

/**
 * Memory that packed things are written into one behind the other: thousands a second, each too small to be worth an allocation of
 * its own. What was written stays as it is as long as somebody holds it; when a slab is full, the next one begins.
 */
export class Slab {
  bytes: Buffer = Buffer.alloc(0)
  view: DataView = new DataView(this.bytes.buffer)
  private free = 0

  /** @returns where to write; there is room for so many bytes */
  reserve(bytes: number): number {
    if (this.free + bytes > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes))
      this.view = new DataView(this.bytes.buffer)
      this.free = 0
    }
    return this.free
  }

  /** @returns what was written since `reserve` */
  take(to: number): Buffer {
    const written = this.bytes.subarray(this.free, to)
    this.free = to
    return written
  }

  /** Writes a whole number below `narrowLimit` in six bytes. @returns where to go on */
  writeNarrow(value: number, at: number): number {
    this.view.setUint16(at, value / shortLimit)
    this.view.setUint32(at + 2, value)
    return at + 6
  }

  /** Writes a text of at most 65,535 bytes behind its length. @returns where to go on */
  writeText(text: string, at: number): number {
    const length = this.bytes.write(text, at + 2)
    this.view.setUint16(at, length)
    return at + 2 + length
  }
}

/** Reads what `writeNarrow` wrote. */
export function readNarrow(view: DataView, at: number): number {
  return view.getUint16(at) * shortLimit + view.getUint32(at + 2)
}

/** Reads what `writeText` wrote; `to` is where to go on. @throws where it goes on after the end, or is no text */
export function readText(
  bytes: Uint8Array,
  view: DataView,
  at: number,
): { readonly text: string; readonly to: number } {
  const to = at + 2 + view.getUint16(at)
  if (to > bytes.byteLength) throw new RangeError('a text goes on after the end')
  return { text: utf8.decode(bytes.subarray(at + 2, to)), to }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
