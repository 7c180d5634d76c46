/** y = the pairs of x turned by the angles of their tokens, or turned back; as the host writes it. */
@unmanaged
export class RotaryJob {
  /** [batch, heads, tokens, features] */
  x: usize;
  /** [tokens, features], or [batch, tokens, features]. */
  cosines: usize;
  sines: usize;
  y: usize;
  tokens: i32;
  features: i32;
  /** Rows of x to which the same table belongs: heads · tokens, or all. */
  rowsPerTable: i32;
  /** Features that turn: the first of them. */
  rotaryDim: i32;
  /** 1: pairs are 2i and 2i + 1; 0: i and i + rotaryDim / 2. */
  isInterleaved: i32;
  /** 1: the gradient, where a partner comes with its own sine. */
  isBack: i32;
}

/** Items are rows of features. */
export function rotary(job: RotaryJob, from: i32, to: i32, _scratch: usize): void {
  const bytes = <usize>job.features << 2;
  const turning = <usize>job.rotaryDim << 2;
  const isBack = job.isBack;
  for (let row = from; row < to; row++) {
    const place = <usize>((row / job.rowsPerTable) * job.tokens + (row % job.tokens)) * bytes;
    const x = job.x + <usize>row * bytes;
    const y = job.y + <usize>row * bytes;
    const cosines = job.cosines + place;
    const sines = job.sines + place;
    if (job.isInterleaved) {
      const inFours = turning & ~15;
      turnNeighbours(x, cosines, sines, y, inFours, isBack);
      if (inFours < turning) turnHalves(x + inFours, cosines + inFours, sines + inFours, y + inFours, 4, isBack);
    } else {
      turnHalves(x, cosines, sines, y, turning >> 1, isBack);
    }
    // What passes through.
    let at = turning;
    for (; at + 16 <= bytes; at += 16) v128.store(y + at, f32x4.mul(v128.load(x + at), v128.load(cosines + at)));
    for (; at < bytes; at += 4) store<f32>(y + at, load<f32>(x + at) * load<f32>(cosines + at));
  }
}

/** Pairs of features so many bytes apart. */
function turnHalves(x: usize, cosines: usize, sines: usize, y: usize, apart: usize, isBack: i32): void {
  // The first takes of the second by its own sine, with the other sign, and the second of the first; turned back, by each other's.
  const ofFirst = isBack ? sines + apart : sines;
  const ofSecond = isBack ? sines : sines + apart;
  const sign: f32 = isBack ? -1 : 1;
  const signs = f32x4.splat(sign);
  let at: usize = 0;
  for (; at + 16 <= apart; at += 16) {
    const first = v128.load(x + at);
    const second = v128.load(x + apart + at);
    const toFirst = f32x4.mul(f32x4.mul(second, v128.load(ofFirst + at)), signs);
    const toSecond = f32x4.mul(f32x4.mul(first, v128.load(ofSecond + at)), signs);
    v128.store(y + at, f32x4.sub(f32x4.mul(first, v128.load(cosines + at)), toFirst));
    v128.store(y + apart + at, f32x4.add(f32x4.mul(second, v128.load(cosines + apart + at)), toSecond));
  }
  for (; at < apart; at += 4) {
    const first = load<f32>(x + at);
    const second = load<f32>(x + apart + at);
    store<f32>(y + at, first * load<f32>(cosines + at) - second * load<f32>(ofFirst + at) * sign);
    store<f32>(y + apart + at, second * load<f32>(cosines + apart + at) + first * load<f32>(ofSecond + at) * sign);
  }
}

/** Pairs of neighbours, two at a time. */
function turnNeighbours(x: usize, cosines: usize, sines: usize, y: usize, bytes: usize, isBack: i32): void {
  const signs = f32x4(-1, 1, -1, 1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const own = v128.load(x + at);
    const partners = v128.shuffle<i32>(own, own, 1, 0, 3, 2);
    let factors = f32x4.mul(v128.load(sines + at), signs);
    if (isBack) factors = v128.shuffle<i32>(factors, factors, 1, 0, 3, 2);
    v128.store(y + at, f32x4.add(f32x4.mul(own, v128.load(cosines + at)), f32x4.mul(partners, factors)));
  }
}
