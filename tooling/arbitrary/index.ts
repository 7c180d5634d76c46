export { integer, magnitude } from './integer.ts';
export { anyGridMask, anyLeaf, anyMask, anySerialisable, anySpan, anyVaried, pairs } from './mask.ts';
