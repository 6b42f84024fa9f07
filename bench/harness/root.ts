/** Where the tree is: the scripts that run the benchmarks are run in it. */
export const root: string = process.cwd();
