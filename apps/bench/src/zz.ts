import { readResults } from './report/json.ts'; import { writeReport } from './report/write.ts'; import { someResults } from '../test/some-results.ts';
writeReport('/tmp/bf/r1', readResults('/tmp/bf/bench-results/results.json')); writeReport('/tmp/bf/r2', someResults({status:'partial',missing:['the sweep was not finished']}));
