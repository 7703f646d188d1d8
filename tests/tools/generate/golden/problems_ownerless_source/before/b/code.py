from a.secret import VALUE
