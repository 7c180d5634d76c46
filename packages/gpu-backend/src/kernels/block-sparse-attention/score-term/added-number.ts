/** Adds the number at an index of `tables` to the score. −∞ hides the pair, by its bits; after it only a soft cap makes a number of it again. */
export const addedNumber = (index: string, isBeforeSoftCap: boolean): string => `{ let bits = tables[${index}];
    if (bits == u.minusInfinity) { ${isBeforeSoftCap ? 'x.score = least;' : 'x.isVisible = false;'} }
    else { x.isUnusual = x.isUnusual || isUnusualNumber(bits); x.score = max(x.score + bitcast<f32>(bits), least); } }`;
