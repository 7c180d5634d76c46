/** Whether tests take the time of `.ci/full`: as many steps, random calls and repetitions as they know; a part of that otherwise. */
export const isWhole: boolean = process.env['TEST_EFFORT'] === 'whole';

/** How often something is tried: a number for every run of the tests, and one for `.ci/full`. */
export const effort = (usual: number, whole: number): number => (isWhole ? whole : usual);

/** Whether something of that name is tried: half of all names, or one of so many, always the same ones; and in `.ci/full` all. */
export const isTried = (name: string, oneOf = 2, which = 0): boolean =>
  isWhole || Array.from(name).reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % oneOf === which;
