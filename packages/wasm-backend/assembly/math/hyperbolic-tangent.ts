import { multiplyAdd } from './multiply-add';

/** tanh x in four lanes, with a relative error of at most 4e-7: x times a quotient of polynomials in x², with |x| cut at 7.9, where tanh is 1 in float32. */
// @ts-ignore: decorator
@inline
export function hyperbolicTangent(x: v128): v128 {
  const cut = f32x4.pmax(f32x4.pmin(x, f32x4.splat(7.90531110763549805)), f32x4.splat(-7.90531110763549805));
  const square = f32x4.mul(cut, cut);
  let above = f32x4.splat(-2.76076847742355e-16);
  above = multiplyAdd(above, square, f32x4.splat(2.00018790482477e-13));
  above = multiplyAdd(above, square, f32x4.splat(-8.60467152213735e-11));
  above = multiplyAdd(above, square, f32x4.splat(5.12229709037114e-8));
  above = multiplyAdd(above, square, f32x4.splat(1.48572235717979e-5));
  above = multiplyAdd(above, square, f32x4.splat(6.37261928875436e-4));
  above = multiplyAdd(above, square, f32x4.splat(4.89352455891786e-3));
  let below = f32x4.splat(1.19825839466702e-6);
  below = multiplyAdd(below, square, f32x4.splat(1.18534705686654e-4));
  below = multiplyAdd(below, square, f32x4.splat(2.268434632439e-3));
  below = multiplyAdd(below, square, f32x4.splat(4.89352518554385e-3));
  return f32x4.div(f32x4.mul(cut, above), below);
}
