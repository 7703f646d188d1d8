import a.code
