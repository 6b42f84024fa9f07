/** The version of the product: the same as package.json's, which a test compares. */
export const version: string = '0.1.0';
