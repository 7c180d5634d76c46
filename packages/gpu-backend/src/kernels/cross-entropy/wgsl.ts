import { mainOfRow } from '../../wgsl/workgroup.ts';

/** Of a workgroup for rows, for the total, and for a piece of a row of the gradient, an N for each thread. */
export const threads = 256;
const totalThreads = 256;
export const piece = 256;

interface Form {
  /** Declares N, U and B. */
  readonly code: string;
  readonly size: 1 | 4;
}

/** Logits come as bits. A logit of −∞ has the probability 0; NaN and ∞ spoil their row. */
const logitCode = ({ code, size }: Form): string => `${code}
const least = -3.4028234663852886e38;
fn isSpecial(bits: U) -> B { return (bits & U(0x7f800000u)) == U(0x7f800000u); }
fn isMinusInfinity(bits: U) -> B { return bits == U(0xff800000u); }
fn numbersOf(bits: U) -> N { return bitcast<N>(select(bits, U(0xff7fffffu), isSpecial(bits))); } // the least float
fn isSpoiled(bits: U) -> bool { return ${size === 4 ? 'any' : ''}(isSpecial(bits) ${size === 4 ? '& !' : '&& !'}isMinusInfinity(bits)); }
fn hasMinusInfinity(bits: U) -> bool { return ${size === 4 ? 'any' : ''}(isMinusInfinity(bits)); }
fn largestOf(n: N) -> f32 { return ${size === 4 ? 'max(max(n.x, n.y), max(n.z, n.w))' : 'n'}; }`;

/**
 * The loss of each row, and its largest logit and ln Σ e^(logit − largest): their sum would lose the digits of the second where logits are
 * large. Each thread keeps the largest of its own and a sum below it, so that a row is read once.
 */
export const lossText = ({ lanes, isSmoothed, ...form }: Form & { readonly lanes: number; readonly isSmoothed: boolean }): string => `
${logitCode(form)}
struct Part { largest: f32, sum: f32, plain: f32, flags: u32 } // flags: 1 spoiled, 2 a logit of −∞, 4 one that is none
var<workgroup> parts: array<Part, ${threads}>;
fn joined(one: Part, other: Part) -> Part {
  let largest = max(one.largest, other.largest);
  let sum = one.sum * exp(one.largest - largest) + other.sum * exp(other.largest - largest);
  return Part(largest, sum, one.plain + other.plain, one.flags | other.flags);
}
${mainOfRow(threads)}
  let row = group * ${threads / lanes}u + t / ${lanes}u;
  let isRow = row < u.rows;
  let base = select(0u, row, isRow) * u.vectors;
  let lane = t % ${lanes}u;
  var own = Part(least, 0.0, 0.0, 0u);
  let pivot = largestOf(numbersOf(logits[base]));
  for (var column = lane; column < u.vectors; column += ${lanes}u) {
    let bits = logits[base + column];
    let numbers = numbersOf(bits);
    let largest = max(own.largest, largestOf(numbers));
    let weights = select(exp(numbers - largest), N(), isMinusInfinity(bits));
    own.sum = own.sum * exp(own.largest - largest) + total(weights);
    own.largest = largest;
    own.flags |= select(0u, 1u, isSpoiled(bits)) | select(0u, 2u, hasMinusInfinity(bits));
    ${isSmoothed ? 'own.plain += total(select((numbers - pivot) / f32(u.classes), N(), isSpecial(bits)));' : ''}
  }
  parts[t] = own;
  workgroupBarrier();
  for (var half = ${Math.floor(lanes / 2)}u; half > 0u; half /= 2u) {
    if (lane < half) { parts[t] = joined(parts[t], parts[t + half]); }
    workgroupBarrier();
  }
  if (lane != 0u || !isRow) { return; }
  let whole = parts[t];
  let id = targets[row];
  if (id == u.ignored) { losses[row] = u.zero; normalizers[row] = vec2u(u.zero); return; }
  // A row of nothing but −∞ has no softmax.
  if ((whole.flags & 1u) != 0u || whole.sum == 0.0) { losses[row] = u.notANumber; normalizers[row] = vec2u(u.notANumber); return; }
  let logOfSum = log(whole.sum);
  normalizers[row] = bitcast<vec2u>(vec2f(whole.largest, logOfSum));
  var loss = u.notANumber;
  if (id >= 0 && id < i32(u.classes)) {
    let at = row * u.classes + u32(id);
    let bits = logits[at / ${form.size}u]${form.size === 4 ? '[at % 4u]' : ''};
    if (bits == 0xff800000u${isSmoothed ? ' && u.smoothing < 1.0' : ''}) { loss = u.infinity; }
    else {
      ${
        isSmoothed
          ? `let hit = select((1.0 - u.smoothing) * (logOfSum - (bitcast<f32>(bits) - whole.largest)), 0.0, bits == 0xff800000u);
      loss = select(bitcast<u32>(hit + u.smoothing * (logOfSum - whole.plain - (pivot - whole.largest))), u.infinity, (whole.flags & 2u) != 0u);`
          : 'loss = bitcast<u32>(logOfSum - (bitcast<f32>(bits) - whole.largest));'
      }
    }
  }
  losses[row] = loss;
}`;

/** The sum of the losses, or their mean over the rows that count; and how many do: NaN where a target is outside of the classes. */
export const totalText = (): string => `
var<workgroup> sums: array<vec2f, ${totalThreads}>;
var<workgroup> flags: array<u32, ${totalThreads}>; // 1: a loss of ∞, 2: one of NaN, 4: a target that is no class
${mainOfRow(totalThreads)}
  var sum = vec2f();
  var seen = 0u;
  for (var row = t; row < u.rows; row += ${totalThreads}u) {
    let id = targets[row];
    if (id == u.ignored) { continue; }
    let bits = losses[row];
    let isSpecial = (bits & 0x7f800000u) == 0x7f800000u;
    sum += vec2f(bitcast<f32>(select(bits, 0u, isSpecial)), 1.0);
    if (isSpecial) { seen |= select(2u, 1u, bits == 0x7f800000u); }
    if (id < 0 || id >= i32(u.classes)) { seen |= 4u; }
  }
  sums[t] = sum;
  flags[t] = seen;
  workgroupBarrier();
  for (var half = ${totalThreads / 2}u; half > 0u; half /= 2u) {
    if (t < half) { sums[t] += sums[t + half]; flags[t] |= flags[t + half]; }
    workgroupBarrier();
  }
  if (t != 0u) { return; }
  let whole = sums[0];
  let isNothing = u.isMean == 1u && whole.y == 0.0;
  let result = select(whole.x, whole.x / max(whole.y, 1.0), u.isMean == 1u);
  var bits = select(bitcast<u32>(result), u.infinity, (flags[0] & 1u) != 0u);
  if ((flags[0] & 6u) != 0u || isNothing) { bits = u.notANumber; }
  total[0] = bits;
  counted[0] = select(bitcast<u32>(whole.y), u.notANumber, (flags[0] & 4u) != 0u);
}`;

/** dlogits = the row's part of the cotangent times (softmax − target), a piece of a row for each workgroup. */
export const gradientText = (form: Form): string => `
${logitCode(form)}
${mainOfRow(piece)}
  let row = group / u.pieces;
  let column = (group % u.pieces) * ${piece}u + t;
  if (row >= u.rows || column >= u.vectors) { return; }
  let at = row * u.vectors + column;
  let id = targets[row];
  if (id == u.ignored) { dlogits[at] = U(u.zero); return; }
  let count = counted[0];
  let normalizer = normalizers[row];
  let isClass = id >= 0 && id < i32(u.classes);
  if (!isClass || normalizer.x == u.notANumber || (u.isMean == 1u && count == u.notANumber)) { dlogits[at] = U(u.notANumber); return; }
  var cotangent = dy[row * u.dyStep];
  if (u.isMean == 1u) { cotangent /= bitcast<f32>(count); }
  let bits = logits[at];
  let known = bitcast<vec2f>(normalizer);
  let softmax = select(exp(numbersOf(bits) - known.x - known.y), N(), isMinusInfinity(bits));
  let first = i32(${form.size}u * column);
  let hit = ${form.size === 4 ? 'vec4<bool>(id == first, id == first + 1, id == first + 2, id == first + 3)' : 'id == first'};
  let targetShare = select(N(), N(1.0 - u.smoothing), hit) + N(u.smoothing / f32(u.classes));
  dlogits[at] = bitcast<U>(cotangent * (softmax - targetShare));
}`;
