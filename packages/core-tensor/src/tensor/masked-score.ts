/**
 * The score of a masked pair: below every real one, and finite, so that a fully masked row gives no NaN, and gradients through masked
 * pairs are 0. Not lower: tfjs-webgl takes no maximum below −1e20.
 */
export const maskedScore: number = -1e18;
