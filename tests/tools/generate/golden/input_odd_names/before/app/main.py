import tools
