import { expect, test } from 'vitest'
import { helpText, parseArguments, type LaunchOptions } from './arguments.ts'

const launch = (...words: string[]): LaunchOptions => {
  const command = parseArguments(words)
  if (command.kind !== 'launch') throw new Error('asked for help')
  return command.options
}

test('nothing given streams the sample of the design and stays up', () => {
  const options = launch()
  expect(options).toMatchObject({ input: undefined, untilIdle: false, report: undefined })
  expect(options.machines).toBe('table')
  expect(options.sample.profiles).toBeGreaterThanOrEqual(20_000)
  expect(options.sample.updates).toBeGreaterThanOrEqual(200_000)
})

test('a run over a file, in either spelling', () => {
  const expected = { input: 'in.ndjson', untilIdle: true, report: 'out.json', machines: 'xstate' }
  expect(
    launch('--input', 'in.ndjson', '--until-idle', '--report', 'out.json', '--machines', 'xstate'),
  ).toMatchObject(expected)
  expect(
    launch('--input=in.ndjson', '--until-idle', '--report=out.json', '--machines=xstate'),
  ).toMatchObject(expected)
})

test('the activation delay, also none', () => {
  expect(launch().activationDelayMs).toBe(10_000)
  expect(launch('--activation-delay', '300').activationDelayMs).toBe(300)
  expect(launch('--activation-delay=0').activationDelayMs).toBe(0)
})

test('a sample of another size', () => {
  expect(
    launch('--profiles', '50', '--updates', '60', '--seed', '7', '--garbage', '0.05').sample,
  ).toEqual({ profiles: 50, updates: 60, seed: 7, garbageShare: 0.05 })
  // More profiles than the default has updates: as many updates as it takes.
  expect(launch('--profiles', '300000').sample.updates).toBe(300_000)
})

test('help is asked for by -h too, whatever else is given, and names every flag', () => {
  expect(parseArguments(['-h'])).toEqual({ kind: 'help' })
  expect(parseArguments(['--help', '--port', 'x'])).toEqual({ kind: 'help' })
  for (const flag of [
    '--input',
    '--until-idle',
    '--report',
    '--machines',
    '--activation-delay',
    '--port',
    '--profiles',
  ]) {
    expect(helpText).toContain(flag)
  }
})

test.each([
  [['--inptu', 'f'], '--inptu'],
  [['file.ndjson'], 'file.ndjson'],
  [['--input'], '--input'],
  [['--input='], '--input'],
  [['--report', 'out.json'], '--until-idle'],
  [['--until-idle', '--report='], '--report'],
  [['--input', 'f', '--seed', '3'], '--seed'],
  [['--machines', 'tables'], 'table or xstate'],
  [['--port', '65536'], '--port'],
  [['--activation-delay', '10s'], '--activation-delay'],
  [['--port', '-1'], '--port'],
  [['--profiles', '0'], '--profiles'],
  [['--profiles', '1e3'], '--profiles'],
  [['--profiles', '10', '--updates', '9'], '--updates'],
  [['--garbage', '1'], '--garbage'],
  [['--garbage', 'much'], '--garbage'],
])('%j is refused with a hint', (words, hint) => {
  expect(() => parseArguments(words)).toThrow(
    expect.objectContaining({
      code: 'ARGUMENT_INVALID',
      exitCode: 2,
      message: expect.stringContaining(hint) as string,
    }) as Error,
  )
})
