from a.three import Three
