import { testSolution } from '@segue/solution-kit/testing'
import { marketoTrial } from './marketo-trial.ts'

testSolution('marketo', marketoTrial, { maxRowsInCall: 300 })
