// Package schema is the published schema of the Controller's objects and what a Controller does with it: reading JSON
// into typed objects (types, enums, ranges, versions), filling defaults in, and checking what must hold of a whole
// object. It knows neither HTTP nor where objects are kept, and imports nothing of this project.
package schema
