// Runs CloudFront's function for each event of stdin: {events, keys, region} in, for each {result, calls} out.
// The module `cloudfront` beside it stands in for AWS's and writes down what it is asked for.
import {readFileSync} from 'node:fs';
import cf from 'cloudfront';

const asked = JSON.parse(readFileSync(0, 'utf8'));
cf.begin(asked.keys, asked.region);
const {handler} = await import('./function.mjs');
const answers = [];
for (const event of asked.events) {
  cf.calls.length = 0;
  const result = await handler(event);
  answers.push({result, calls: [...cf.calls]});
}
process.stdout.write(JSON.stringify(answers));
