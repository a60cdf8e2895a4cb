import { testSolution } from '@segue/solution-kit/testing'
import { audienceManagerTrial } from './audience-manager-trial.ts'

testSolution('audience-manager', audienceManagerTrial, {})
