import type { PolicyExpression } from './policy.ts'

/** Whether an action is denied for something that has these labels. Labels are case-sensitive (`reference/platform.md` §6.1). */
export function denies(expression: PolicyExpression, labels: ReadonlySet<string>): boolean {
  if ('label' in expression) return labels.has(expression.label)
  const { operator, operands } = expression
  return operator === 'AND'
    ? operands.every((operand) => denies(operand, labels))
    : operands.some((operand) => denies(operand, labels))
}

/** Every label that the expression names, once. */
export function labelsIn(expression: PolicyExpression): readonly string[] {
  if ('label' in expression) return [expression.label]
  return [...new Set(expression.operands.flatMap(labelsIn))]
}

/** The expression for people: `C1 OR (C3 AND C7)`. */
export function expressionText(expression: PolicyExpression): string {
  if ('label' in expression) return expression.label
  return expression.operands
    .map((operand) => {
      const text = expressionText(operand)
      return 'label' in operand ? text : `(${text})`
    })
    .join(` ${expression.operator} `)
}

/** How deep, and of how many parts, an expression may be. */
const depthMax = 10
const partsMax = 200

/** What is wrong with an expression, and where: a JSON pointer. */
export class ExpressionFault extends Error {
  override readonly name = 'ExpressionFault'
  readonly pointer: string

  constructor(pointer: string, detail: string) {
    super(detail)
    this.pointer = pointer
  }
}

/**
 * Reads an expression: either a label, or an operator with operands (`reference/platform.md` §6.3).
 *
 * @param checkLabel the label's name where it is known; throws where it is not
 * @throws ExpressionFault; what `checkLabel` throws
 */
export function parseExpression(
  given: unknown,
  pointer: string,
  checkLabel: (label: string, pointer: string) => string,
): PolicyExpression {
  let parts = 0
  const parse = (value: unknown, at: string, depth: number): PolicyExpression => {
    parts += 1
    if (parts > partsMax) throw new ExpressionFault(at, `has more than ${partsMax} parts`)
    if (depth > depthMax) throw new ExpressionFault(at, `is more than ${depthMax} deep`)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ExpressionFault(at, 'must be an object')
    }
    const fields: Readonly<Record<string, unknown>> = { ...value }
    const { label, operator, operands, ...rest } = fields
    const [extra] = Object.keys(rest)
    if (extra !== undefined) {
      throw new ExpressionFault(at, `has a field ${JSON.stringify(extra.slice(0, 64))} too many`)
    }
    if (label !== undefined) {
      if (operator !== undefined || operands !== undefined) {
        throw new ExpressionFault(at, 'has either a label, or an operator with operands')
      }
      if (typeof label !== 'string') throw new ExpressionFault(`${at}/label`, 'must be a string')
      return { label: checkLabel(label, `${at}/label`) }
    }
    if (operator !== 'AND' && operator !== 'OR') {
      throw new ExpressionFault(`${at}/operator`, 'must be AND or OR')
    }
    if (!Array.isArray(operands) || operands.length === 0) {
      throw new ExpressionFault(`${at}/operands`, 'must be a list with at least one expression')
    }
    return {
      operator,
      operands: operands.map((operand, place) =>
        parse(operand, `${at}/operands/${place}`, depth + 1),
      ),
    }
  }
  return parse(given, pointer, 1)
}
