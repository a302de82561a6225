// Package translate says what a load balancer is at the Controller: a pure function from one tree of LBaaS v2 objects to the
// complete set of Avi objects that it should have. The mapping lives here and nowhere else. It may import lbaas,
// certificate and plan.
//
// Where it follows the Python driver (avi_lbaasv2 18.2) to the letter, so that its objects stay what they are, the comment says
// so; docs/mapping.md tells users what each attribute becomes.
package translate
