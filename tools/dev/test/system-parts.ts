export * from '../src/system/parts.ts'
