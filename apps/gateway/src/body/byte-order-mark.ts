/** The body without the mark that some tools of Windows put in front of UTF-8, and that JSON does not allow. */
export function withoutMark(body: Buffer): Buffer {
  const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf
  return marked ? body.subarray(3) : body
}
