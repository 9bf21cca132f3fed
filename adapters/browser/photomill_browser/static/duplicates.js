// The review where the address names a collection; else there is a list of collections, which needs no module.

import { data } from "./base.js";

if (data.collection) import("./review.js");
