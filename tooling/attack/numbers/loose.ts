/** What a case has drawn decides the type of what it makes: configurations, parameters and results of many mechanisms go through the same names. */
// biome-ignore lint/suspicious/noExplicitAny: a case asks the library by values, and what it asks for is checked by its answer
export type Loose = any;
