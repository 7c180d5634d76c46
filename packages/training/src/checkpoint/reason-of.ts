/** What was thrown, in words; of any realm, and whatever it is. */
export const reasonOf = (thrown: unknown): string => String((thrown as Partial<Error> | null | undefined)?.message ?? thrown);
