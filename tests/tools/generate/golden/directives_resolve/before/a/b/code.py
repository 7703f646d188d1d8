import local
