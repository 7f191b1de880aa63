"""The walls between shops. New tables and URLs fall under these tests by themselves."""
