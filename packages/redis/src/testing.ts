export {
  formCluster,
  moveSlot,
  slotOf,
  untilClusterIsWhole,
  type ClusterServer,
} from './testing/cluster.ts'
export { watchSlots, type SlotsWatch } from './testing/slots.ts'
