/** A `multipart/form-data` body with one file in the field `file`. */
export interface FileForm {
  readonly contentType: string
  readonly body: Uint8Array
}

/** @param key a UUID that is not in the file's compressed bytes but by a chance that need not be reckoned with: the boundary is made of it */
export function fileForm(key: string, name: string, gzip: Uint8Array): FileForm {
  const boundary = `segue-${key}`
  const head = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="file"; filename="${name}"`,
    'Content-Type: application/gzip',
    '',
    '',
  ].join('\r\n')
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([Buffer.from(head), gzip, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  }
}
