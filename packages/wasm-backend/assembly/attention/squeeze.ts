import { hyperbolicTangent } from '../math/hyperbolic-tangent';
import { Group, keyPositionsAt, positionOf } from './group';
import { Term } from './job';
import { scoreStride } from './products';

// Steps whose slope is not 1. Going back, the slopes of a group are kept [4][columns], with the stride of scores; `slopes` is 0 going
// forward.

/** cap · tanh(s / cap), of slope 1 − tanh² */
export function applySoftCap(group: Group, term: Term, scores: usize, slopes: usize): void {
  const cap = f32x4.splat(term.amount);
  const inverse = f32x4.splat(1 / term.amount);
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const offset = <usize>row * scoreStride + (<usize>column << 2);
      const squeezed = hyperbolicTangent(f32x4.mul(v128.load(scores + offset), inverse));
      v128.store(scores + offset, f32x4.mul(squeezed, cap));
      if (slopes) v128.store(slopes + offset, f32x4.sub(f32x4.splat(1), f32x4.mul(squeezed, squeezed)));
    }
  }
}

/** A token's score with itself is a constant, so of slope 0. */
export function applySelfScore(group: Group, term: Term, scores: usize, slopes: usize): void {
  for (let row = 0; row < group.rows; row++) {
    const position = i32x4.splat(positionOf(group, row));
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const offset = <usize>row * scoreStride + (<usize>column << 2);
      const itself = i32x4.eq(position, keyPositionsAt(group, column));
      v128.store(scores + offset, v128.bitselect(f32x4.splat(term.amount), v128.load(scores + offset), itself));
      if (slopes) v128.store(slopes + offset, v128.bitselect(f32x4.splat(0), f32x4.splat(1), itself));
    }
  }
}

/** Takes a cotangent back through a step: 0 stays 0, as of a masked pair, whose slope may be NaN. */
export function applySlope(group: Group, cotangent: usize, slopes: usize): void {
  for (let row = 0; row < group.rows; row++) {
    for (let column = group.from << 3; column < group.to << 3; column += 4) {
      const offset = <usize>row * scoreStride + (<usize>column << 2);
      const before = v128.load(cotangent + offset);
      v128.store(cotangent + offset, v128.andnot(f32x4.mul(before, v128.load(slopes + offset)), f32x4.eq(before, f32x4.splat(0))));
    }
  }
}
