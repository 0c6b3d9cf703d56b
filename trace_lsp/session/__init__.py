"""The workbench that the language server and the command line both drive."""
