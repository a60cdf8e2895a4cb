import { badExpression } from './faults.ts'
import { pathOf } from './schemas.ts'

/** A value in a condition: a path of the schema, or a constant. */
export type Operand =
  | { readonly kind: 'path'; readonly path: string; readonly lower: boolean }
  | { readonly kind: 'constant'; readonly text: string; readonly isNumber: boolean }

/** A condition of a query, parsed. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | {
      readonly kind: 'compare'
      readonly left: Operand
      readonly by: string
      readonly right: Operand
    }
  | { readonly kind: 'in'; readonly left: Operand; readonly constants: readonly Operand[] }
  | { readonly kind: 'empty'; readonly left: Operand }

interface Token {
  readonly kind: 'text' | 'number' | 'path' | 'word' | 'sign'
  readonly text: string
}

const tokenShape =
  /\s*(?:'((?:[^'\\]|\\.|'')*)'|(-?\d+(?:\.\d+)?)(?![\w@])|(\[[^\]]*\]|(?:[A-Za-z_][\w-]*\/)*@[\w:-]+)|([A-Za-z_]\w*)|(<=|>=|!=|<>|[=<>(),]))/y

/**
 * Parses the conditions that a membership adapter needs (reference §4.2): paths and constants compared with `=`, `!=`, `<`,
 * `<=`, `>`, `>=`, `LIKE`, `IN (…)`, `NOT IN (…)`, `IS [NOT] NULL`, joined by `and`, `or`, `not` and brackets; `Lower(…)` around
 * a path. Constants escape a quote by doubling it or by a backslash.
 * @throws ClassicRefused for anything else
 */
export function parseExpression(expression: string): Condition {
  const tokens = tokensOf(expression)
  let place = 0
  const refuse = (): never => {
    throw badExpression(expression)
  }
  const peek = (): Token | undefined => tokens[place]
  const isWord = (word: string): boolean => {
    const token = peek()
    return token?.kind === 'word' && token.text.toLowerCase() === word
  }
  const takeWord = (word: string): boolean => {
    if (!isWord(word)) return false
    place += 1
    return true
  }
  const takeSign = (sign: string): boolean => {
    const token = peek()
    if (token?.kind !== 'sign' || token.text !== sign) return false
    place += 1
    return true
  }
  const needSign = (sign: string): void => {
    if (!takeSign(sign)) refuse()
  }

  const operand = (): Operand => {
    const token = peek() ?? refuse()
    place += 1
    if (token.kind === 'text') return { kind: 'constant', text: token.text, isNumber: false }
    if (token.kind === 'number') return { kind: 'constant', text: token.text, isNumber: true }
    if (token.kind === 'path') return { kind: 'path', path: pathOf(token.text), lower: false }
    if (token.text.toLowerCase() !== 'lower') return refuse()
    needSign('(')
    const inner = operand()
    needSign(')')
    return inner.kind === 'path' ? { ...inner, lower: true } : refuse()
  }

  const comparison = (): Condition => {
    const left = operand()
    if (takeWord('is')) {
      const negated = takeWord('not')
      if (!takeWord('null')) refuse()
      return negated ? { kind: 'not', part: { kind: 'empty', left } } : { kind: 'empty', left }
    }
    const negated = takeWord('not')
    if (takeWord('in')) {
      needSign('(')
      const constants = [operand()]
      while (takeSign(',')) constants.push(operand())
      needSign(')')
      const inside: Condition = { kind: 'in', left, constants }
      return negated ? { kind: 'not', part: inside } : inside
    }
    if (takeWord('like')) {
      const like: Condition = { kind: 'compare', left, by: 'like', right: operand() }
      return negated ? { kind: 'not', part: like } : like
    }
    const sign = peek()
    if (negated || sign?.kind !== 'sign' || /[(),]/.test(sign.text)) return refuse()
    place += 1
    return { kind: 'compare', left, by: sign.text === '<>' ? '!=' : sign.text, right: operand() }
  }

  const negation = (): Condition => {
    if (takeWord('not')) return { kind: 'not', part: negation() }
    if (!takeSign('(')) return comparison()
    const inner = either()
    needSign(')')
    return inner
  }
  const both = (): Condition => joined('and', negation)
  const either = (): Condition => joined('or', both)

  function joined(kind: 'and' | 'or', next: () => Condition): Condition {
    const first = next()
    if (!isWord(kind)) return first
    const parts = [first]
    while (takeWord(kind)) parts.push(next())
    return { kind, parts }
  }

  const condition = either()
  if (place < tokens.length) refuse()
  return condition
}

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  tokenShape.lastIndex = 0
  while (expression.slice(tokenShape.lastIndex).trim() !== '') {
    const match = tokenShape.exec(expression)
    if (match === null) throw badExpression(expression)
    const [, text, number, path, word, mark = ''] = match
    if (text !== undefined) {
      tokens.push({
        kind: 'text',
        text: text.replaceAll(/''|\\(.)/gs, (_all, sign) => sign ?? "'"),
      })
    } else if (number !== undefined) tokens.push({ kind: 'number', text: number })
    else if (path !== undefined) tokens.push({ kind: 'path', text: path })
    else if (word !== undefined) tokens.push({ kind: 'word', text: word })
    else tokens.push({ kind: 'sign', text: mark })
  }
  return tokens
}
