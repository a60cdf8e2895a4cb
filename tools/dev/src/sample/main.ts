// Writes a sample: `node tools/dev/src/sample/main.ts --output sample.ndjson --base-time 2026-11-23T12:00:00Z`.
import { parseArgs } from 'node:util'
import { sampleDefaults } from './sample-options.ts'
import { writeSample } from './sample.ts'

const usage = `Writes a stream of profile updates, one JSON object a line. The same options give the same file.

  --output FILE        where to write (needed)
  --base-time TIME     the end of the time line, for example 2026-11-23T12:00:00Z (needed)
  --seed N             default 1
  --profiles N         default ${sampleDefaults.profiles}
  --updates N          default ${sampleDefaults.updates}
  --segments N         default ${sampleDefaults.segments}
  --expiring SHARE     realized memberships that end within 10 s after the base time, default 0
  --garbage SHARE      broken lines among all lines, default 0
`

try {
  const { values } = parseArgs({
    options: {
      output: { type: 'string' },
      'base-time': { type: 'string' },
      seed: { type: 'string', default: '1' },
      profiles: { type: 'string', default: String(sampleDefaults.profiles) },
      updates: { type: 'string', default: String(sampleDefaults.updates) },
      segments: { type: 'string', default: String(sampleDefaults.segments) },
      expiring: { type: 'string', default: '0' },
      garbage: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
  } else {
    const { output } = values
    const baseTimeMs = Date.parse(values['base-time'] ?? '')
    if (output === undefined) throw new RangeError('--output names the file to write')
    if (Number.isNaN(baseTimeMs))
      throw new RangeError('--base-time must be a time such as 2026-11-23T12:00:00Z')
    const lineCount = await writeSample(output, {
      ...sampleDefaults,
      seed: Number(values.seed),
      baseTimeMs,
      profiles: Number(values.profiles),
      updates: Number(values.updates),
      segments: Number(values.segments),
      expiringShare: Number(values.expiring),
      garbageShare: Number(values.garbage),
    })
    console.log(`${lineCount} lines in ${output}`)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error('--help shows the options')
  process.exitCode = 2
}
