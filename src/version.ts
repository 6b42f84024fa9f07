/** The version of the product, equal to package.json's (a test compares them). */
export const version: string = '0.1.0';
