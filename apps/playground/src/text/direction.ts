/** Scripts that are written from right to left. */
const rightToLeft = /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Which way a part of a text runs, by its first letter. */
export const directionOf = (text: string): 'rtl' | 'ltr' => (rightToLeft.test(text.slice(0, 400)) ? 'rtl' : 'ltr');
