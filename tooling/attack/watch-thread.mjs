import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, cpuLimit, wallLimit, findings, atWork, hung, casePrefix, name } = workerData;
const current = new Float64Array(shared);

const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Milliseconds between two looks. A process that stands still does not look: it is not counted as waiting. */
const interval = 250;

let watched = -1;
let since = 0;
let looks = 0;

setInterval(() => {
  const at = current[0];
  if (at !== watched) {
    watched = at;
    since = cpu();
    looks = 0;
    return;
  }
  if (at < 0) return;
  looks++;
  const used = cpu() - since;
  const waited = (looks * interval) / 1000;
  if (used <= cpuLimit && waited <= wallLimit) return;
  const label = readFileSync(atWork, 'utf8').trim();
  const finding = {
    case: `${casePrefix}${at}`,
    severity: 'medium',
    kind: 'hangs',
    signature: `${name}: hangs: ${label.split('|').slice(1).join('|').slice(0, 80)}`,
    input: label.slice(0, 2000),
    expected: `an end within ${cpuLimit} s of processor time`,
    got: `${used.toFixed(1)} s of processor time, ${waited} s in all`,
  };
  appendFileSync(findings, `${JSON.stringify(finding)}\n`);
  writeFileSync(hung, String(at));
  process.kill(process.pid, 'SIGKILL');
}, interval);
