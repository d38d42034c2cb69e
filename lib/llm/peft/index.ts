export { adapterLayoutOf, readAdapterPeft, writeAdapterPeft, type PeftAdapter } from "./adapterFolder";
