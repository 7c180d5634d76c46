import { activate, activateFour, LINEAR } from './activation';
import { MatMulJob } from './job';

/** Adds the bias to a finished piece of out and applies the activation. `row` and `column` say where the piece begins in out. */
export function finish(
  job: MatMulJob,
  offsets: usize,
  row: i32,
  rows: i32,
  column: i32,
  columns: i32,
  out: usize,
  outRowStep: usize,
): void {
  if (job.bias == 0 && job.activation == LINEAR) return;
  const biases = job.bias + load<u32>(offsets, 8) + <usize>column * job.biasColumnStep;
  const slopes = job.slopes + load<u32>(offsets, 12) + <usize>column * job.slopesColumnStep;
  for (let at = row; at < row + rows; at++) {
    finishRow(job, biases + <usize>at * job.biasRowStep, slopes + <usize>at * job.slopesRowStep, out, columns);
    out += outRowStep;
  }
}

function finishRow(job: MatMulJob, bias: usize, slopes: usize, out: usize, columns: i32): void {
  const hasBias = job.bias != 0;
  const hasSlopes = job.slopes != 0;
  const biasStep = job.biasColumnStep;
  const slopesStep = job.slopesColumnStep;
  let slope = f32x4.splat(job.slope);
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    let value = v128.load(out);
    if (hasBias) {
      value = f32x4.add(value, four(bias, biasStep));
      bias += 4 * biasStep;
    }
    if (hasSlopes) {
      slope = four(slopes, slopesStep);
      slopes += 4 * slopesStep;
    }
    v128.store(out, activateFour(value, job.activation, slope));
    out += 16;
  }
  for (; column < columns; column++) {
    let value = load<f32>(out);
    if (hasBias) {
      value += load<f32>(bias);
      bias += biasStep;
    }
    store<f32>(out, activate(value, job.activation, hasSlopes ? load<f32>(slopes) : job.slope));
    if (hasSlopes) slopes += slopesStep;
    out += 4;
  }
}

/** Four values side by side, or one repeated where the step is 0. */
// @ts-ignore: decorator
@inline
function four(source: usize, step: usize): v128 {
  return step == 0 ? v128.load32_splat(source) : v128.load(source);
}
