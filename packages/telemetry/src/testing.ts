export { startCollector, type CollectedSpan, type Collector } from './testing/collector.ts'
