/** Errors in a file of forwarders. */
import { FileError } from '../checked-file/error.ts';

/** All errors of one file; its message has a line for each. */
export class ForwardError extends FileError {
  override readonly name = 'ForwardError';
}
