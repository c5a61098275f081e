// Package routemaps is the engine of Marshrut: what a route map is, how it is read, how it is proved sound, and how a case
// moves along it.
//
// Load reads a map from YAML and says with line and column what is wrong; Link joins it with the maps nested in it; Check
// proves that every case on it can go on and come to an end. Step is the one function that moves cases: the running
// process, the dry run, the designer's preview and the tests of maps all call it. It does no input or output, has no
// clock and no randomness, and never panics.
package routemaps
