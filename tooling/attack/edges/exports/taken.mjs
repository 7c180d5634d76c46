/**
 * Places that take odd values on purpose, as "function place value" begins: losses and rankings are any list of numbers, names are for people alone,
 * and what a layer reads and gives is looked at where it is used.
 */
const places = [
  'drawReach ',
  'mask 0\\.json',
  'ndcg\\(\\)\\.add 0\\.(relevant|rankings)',
  'hitsAtK\\(\\)\\.add 0\\.(relevant|rankings)',
  'recallAtK\\(\\)\\.add 0\\.(relevant|rankings)',
  'meanReciprocalRank\\(\\)\\.add 0\\.(relevant|rankings)',
  '\\w+\\(\\)\\.add 0\\.losses',
  'bigBird 0\\.randomBlocks',
  'parameterGroups 0\\.0\\.optimizer\\.name',
  'defineLayer 0\\.(states|provides|reads|replays)',
];

export const taken = new RegExp(`^(${places.join('|')})`);
